"""The report: one HTML file that says what an archive holds, misses and has been through. Opens without a network.

`facts` reads an archive into numbers, `charts` draws them, `page` puts both into words of two languages. Refuses to
fetch, to write into the archive, and to run a script in the reader's browser.
"""
