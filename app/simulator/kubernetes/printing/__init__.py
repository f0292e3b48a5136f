"""What `kubectl get` shows: tables of built-in and custom kinds."""
