"""What becomes of things in the cloud when their deployment is deleted."""

from app.text import N_

# By the kind under which a step writes the thing down; everything else goes.
STAYS = {
    "public name": N_(
        "Google keeps a deleted name for 30 days; another deployment can bring it back."
    ),
    "Google APIs": N_(
        "They stay enabled: other things in the project may use them, and they cost nothing."
    ),
}
