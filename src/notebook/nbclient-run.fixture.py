"""Runs a notebook through Jupyter's nbclient: `nbclient-run.py IN OUT`."""

import sys

import nbformat
from nbclient import NotebookClient

source, target = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
NotebookClient(notebook, timeout=300, coalesce_streams=True).execute()
nbformat.validate(notebook)
nbformat.write(notebook, target)
