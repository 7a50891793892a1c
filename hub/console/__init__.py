"""The console: people see, decide, approve and print in a browser, and programs over HTTP.

Three things make it, each registered once and shown everywhere: a `Table` (a list with filters, on
a page, as a file, over HTTP), an `Action` (something done, from a form or over HTTP) and a page
(everything else). `hub.console.web` puts them together. Flask lives here and nowhere else.
"""
