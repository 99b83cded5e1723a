"""Reports of fits as one file of HTML: no script, no link to elsewhere, every text escaped."""
