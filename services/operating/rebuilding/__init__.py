"""Rebuilds read models while the service runs; lists never get empty meanwhile.

Nothing is dropped first: a running processor would apply its next commit to a document that is
not there, and what came before would be missing for ever. Instead the logs are scanned anew, by
position and causes first, once for all read models; documents are folded in memory, and each is
written over the kept one by compare-and-set, once it has seen all that the kept one has. From
there the running processor goes on as it would have: what a document has seen it passes over, so
its cursor stays as it is.

Who follows may keep in memory what it has written. So at the end, also of one that was cut short,
the cursor is written again where it stands: a process whose cursor another has moved starts from
what is stored.

Documents are divided into slices by their ids, a process each: every process scans the logs, and
folds, keeps and writes nothing but its own. How far each has come is saved now and then, with
what it has folded: whoever is killed goes on from there.
"""
