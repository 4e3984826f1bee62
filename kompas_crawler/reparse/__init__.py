"""Reading raw pages again: the same parse and the same rows as a crawl, without the network.

`units` says what there is to read and cuts it into units of work; `captures` finds the pages of articles in one;
`work` does a unit, from its bytes to staged batches; `differences` compares with what is held; `conductor` has the
units done, by whatever can run functions, commits once and closes the books; `progress` remembers what is done.

Nothing in a unit knows processes or schedulers: a unit, a task and a report are records that can be sent anywhere.
"""
