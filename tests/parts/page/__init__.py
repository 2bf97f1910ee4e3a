"""The page of a listener under axe-core, which knows what keeps people from using a page."""
