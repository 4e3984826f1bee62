"""Other ways to do the same work, for comparison: each as its own documentation teaches it."""
