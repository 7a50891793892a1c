"""Letters and workbooks that people print, sign and send."""
