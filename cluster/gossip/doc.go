// Package gossip knows who is in the cluster, and keeps the catalogue of tables alike on all of them. It lies over
// memberlist, which finds nodes and their failures; what is in a table, and how it is fetched, it does not know.
//
//	g, err := gossip.Start(ctx, gossip.Options{ID: id, Name: "a", Data: "10.0.0.1:7947", Seeds: []string{"b:7946"}})
//	for _, m := range g.Members() { … }
//	missing, err := g.Announce(ctx, []gossip.Entry{{ID: table, Name: "commits", Made: g.Stamp(), …}})
//	e, ok := g.Snapshot().Lookup("commits")
//	err = g.Leave(ctx)
//	err = g.Close()
//
// # Sessions
//
// A node has an id for good. Each time it starts it begins a session, with a number greater than that of any before, and
// to memberlist every session is a member of its own, ID.SESSION. So a node that was killed is back as soon as it has
// joined, with whatever address, and nothing that is still said of its last session can touch it. The session with the
// greatest number is the node; others are not shown. Two processes with one id, from a copied directory, come to know
// each other as well: the one that started first stops ([Gossip.Done], [ErrSuperseded]).
//
// # A member
//
//	             joins                    a probe fails, and no suspicion
//	          (new session)               is refuted in time
//	unknown ───────────────▶ Alive ─────────────────────────────▶ Dead
//	                         ▲   │                                 │
//	                         │   │ says so (Leave), acknowledged   │ is heard again,
//	                         │   ▼                                 │ or a new session
//	                         │  Left                               │
//	                         └───┴─────────────────────────────────┘
//
// memberlist suspects a member before it finds it dead and does not say so: a suspect is [Alive] here, and those who
// call it will find out first. That a member has left is known to those that it could tell; to the others it is dead. A
// member once seen is remembered and listed until [Gossip.Forget].
//
// # Which cluster
//
// A cluster has an id, made by the node that founds it. Nobody takes up a member that has not the same cluster id, a
// node without one included: not when joining (NotifyMerge), not by hearsay (NotifyAlive), not in messages. So two
// clusters never grow together, whatever addresses they have been given. A node without an id first asks its seeds for
// theirs; memberlist's exchange of states tells it, and is refused on both sides; then it takes the id over and joins.
//
// What a starting node does with the answers of its seeds:
//
//	id    seeds answer                                  then
//	─────────────────────────────────────────────────────────────────────────────────────────────
//	none  (there are no seeds)                          founds a cluster
//	none  one cluster                                   takes its id and joins
//	none  two clusters                                  fails: ErrOtherCluster
//	none  none of them has an id yet, or is reached
//	        it is itself not among the seeds:
//	          one without an id has answered            waits for that one
//	          Bootstrap                                 founds
//	          none has answered                         fails: ErrNoSeed; Wait: asks again
//	        it is itself among the seeds:
//	          it has the smallest address of all, all
//	          names resolve, and more than half of the
//	          nodes, itself included, have no id        founds
//	          Bootstrap                                 founds
//	          otherwise                                 waits for the others
//	has   (there are no seeds)                          begins alone
//	has   the same cluster                              joins
//	has   another cluster only                          fails: ErrOtherCluster; Rejoin: goes on trying
//	has   nobody                                        fails: ErrNoSeed; Rejoin, or itself a seed: goes on trying
//	any   somebody who is just starting, none of a
//	      cluster                                       asks again; Rejoin: goes on trying
//	any   somebody who has another key, or none         fails: ErrKey; Rejoin: goes on trying
//
// So all nodes may be given the same list of seeds, themselves included, and be started at once: the one with the
// smallest address founds the cluster when it has heard from a majority that there is none, and the others wait for it.
// A node that waits does so until the context of [Start] ends, and says in the log for whom. A node with Rejoin asks members
// of its earlier sessions (Known) too, as if they were seeds.
//
// # Joining again
//
// memberlist does not heal a partition by itself: those found dead are not asked again. Every node therefore asks, for
// as long as it runs, the seeds (resolved anew) and every member ever seen that is neither alive nor has left, a few at
// a time, each after 2 s at first and 60 s at most. One success joins both sides.
//
// # The catalogue
//
// It is a set of entries, one for each table that ever was. Merging two entries of one id takes
//
//   - that it is dropped, when one is: a drop is final, and of the rest of the entry nothing is kept;
//   - otherwise the name with the greater version (Named): a rename is a name with a new version;
//   - the facts Made, Home, Maker, Replicas and Payload, which never change. Should they differ all the same, the
//     greater ones, so that all nodes agree.
//
// A version is a [Stamp], a Lamport counter and the node that counted. Merging sets is idempotent, commutative and
// associative; so it does not matter in which order, how often and by which way entries come. Ids are never used again,
// and entries of dropped tables are kept for ever, as small as they are: a node that was away for a year must not
// bring one back.
//
// Names may clash, because two nodes that do not see each other can give the same one. What a table is called is a
// function of the set alone ([NewSnapshot]): of live entries with the same name, that with the smallest (Made, ID) has
// it; the others are called NAME@MAKER, or where that is taken NAME@ID.
//
// # How it spreads
//
// Every merge that changes something is given to [Options.Store] first, which makes it durable; only then it is to be
// seen, and acknowledged.
//
//   - [Gossip.Announce] sends entries to every live member until it has acknowledged them or is found dead or has left.
//   - memberlist exchanges states between random pairs each 30 s. Ours is a digest: 256 buckets of entries, by hash of
//     the id, each with the sum of its entries' hashes. Where buckets differ, both send each other those.
//   - Members that meet for the first time, or again, send each other digests at once.
//   - A node that starts fetches the whole from one member, and then what is new from each of the others, before [Start]
//     returns. A member answers when it knows the new one, and then waits for it as for all. So there is no moment at which a
//     node runs and does not have what others have announced and got acknowledged.
//
// Messages go one by one over the stream transport (memberlist's SendReliable, or [Options.Carrier]), never as
// broadcasts: a broadcast may miss a node, and one that is too long is never sent. That SendReliable has returned nil says
// only that the bytes have left, hence the acknowledgements. Every message has a version, the cluster's id, its sender's
// session and a checksum; one that is garbled, of another cluster or of a newer version is dropped with a line in the log.
package gossip
