"""Pages that need a browser: fronts that grow by scripts, articles whose text a script puts in.

Only a request that was marked by `rendered` goes there, and what the browser asks for leaves as every other request
of the crawl does. What a page says is the business of `kompas_crawler.site`.
"""
