"""Runs notebooks: strict parameters, no network ports, the same bytes every time, nothing half-written.

A thin layer on papermill's API. `parameters` checks what a notebook is given, `engine` runs its cells,
`execute` turns one notebook into its products, `warm` keeps one process that has imported the scientific stack
and forks it for each notebook.
"""
