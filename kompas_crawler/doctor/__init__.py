"""What could keep a crawl from working here, found before it is tried: settings, surroundings, archive, site.

Each module knows one kind of trouble and yields findings; none of them changes anything, but for a file that is written
and removed at once to see whether that can be done.
"""
