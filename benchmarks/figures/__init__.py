"""One figure a file: ``run(options)`` gives its text."""
