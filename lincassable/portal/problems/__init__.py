"""Non-conformities on phones and tablets: reported in under a minute, followed, answered."""
