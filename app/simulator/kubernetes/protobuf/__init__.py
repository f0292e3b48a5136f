"""The two places where a kubectl insists on protocol buffers."""
