// Package cluster keeps values under keys, and tables made of them: the key-value store, the catalogue, and their place
// in memory or in a directory, on one node or on several that act as one. A [Node] is a cluster of one until it joins.
//
// # Tables
//
// A [Table] is immutable: columns, and a list of chunks, each of which has an array for every column. It has an id
// apart from its name, so that a new name costs one small file. A [Writer] makes a table of the chunks that several
// goroutines give it, in any order; [Writer.Commit] publishes it at once and whole.
//
//	n, err := cluster.Open(ctx, cluster.Options{Dir: "data"})
//	w, err := n.Create(ctx, "commits")
//	err = w.Write(ctx, 0, arrays) // and further chunks
//	t, err := w.Commit(ctx, fields, dicts)
//	a, err := t.Column(ctx, 0, 2) // of chunk 0, column 2
//	err = t.Release()
//
// Who has a Table holds it: its arrays lie in mapped files, and stay there until the last holder has released it, even
// when it is dropped meanwhile.
//
// # Values and keys
//
// Everything is a value under a [Key], a name and a home node, in the [Store]. Those of a table have names made of its id:
//
//	table/ID/manifest       columns, chunks, rows and statistics: what a query plans with
//	table/ID/dict/COLUMN    a dictionary that the chunks of a column share
//	table/ID/CHUNK/COLUMN   an array
//
// A manifest names values by their keys and does not say where they are. Where they are is known to the place that
// keeps them, so that another node can hold some values of the same table in other files.
//
// # Memory and directory
//
// With no [Options].Dir arrays are kept as they are. In a directory there are these files; ID is that of a table:
//
//	eau2.node     text: marks the directory, with the format's version and the node's id
//	eau2.members  the other nodes that it has seen, to find them again
//	eau2.lock     locked while a process has the directory, and says which
//	ID-N.pack     values of a table, 256 MB or so each: arrays, dictionaries, the manifest
//	ID.table      the table's entry in the catalogue: its name
//	HASH.value    a value that is of no table, named after the hash of its key
//	*.tmp         files being written, and scratch
//
// A pack holds its values one behind the other, then an index of their keys and lengths, then a trailer that tells
// where the index is:
//
//	0            64·k                                64·n          size-32
//	┌───────────┬───────────┬────────┬──────────────┬─────────────┬─────────┐
//	│ array 0/0 │ array 0/1 │   …    │ manifest     │ index       │ trailer │
//	└───────────┴───────────┴────────┴──────────────┴─────────────┴─────────┘
//	 each begins at a multiple of 64 and has zeros behind it up to the next
//
// Values, indexes and entries are frames of package column, with a version and a checksum. No byte is without one but
// the padding, which must be zero, and the note in the lock. Packs are mapped. A value is checked when it is first
// read, decoded in place and kept.
//
// # Several nodes
//
// [Node.Join] makes a node one of many. How it reaches the others is a [Network]: [Peers] over gossip (who is there, and
// the catalogue) and wire (requests), or a [Mesh] of nodes in one process.
//
//	n, err := cluster.Open(ctx, cluster.Options{Dir: "data", Replicas: 2})
//	err = n.Join(ctx, cluster.Peers(cluster.PeerOptions{Server: s, Gossip: gossip.Options{…}}))
//
// A table then goes through these states on each node:
//
//	        values arrive            entry arrives                entry: dropped
//	none ───────────────▶ prepared ───────────────▶ in the catalogue ───────────▶ dropped, for ever
//	  │                       │ nobody comes for it              ▲
//	  │                       ▼ within a minute                  │
//	  │                     none                                 │
//	  └──────────────────────────────────────────────────────────┘
//	             entry arrives first, or this node keeps none of it
//
// A Writer sends each chunk to its homes: Replicas of the members that live when it begins, chosen by rendezvous hashing
// with bounded loads (see placement), so that all have about the same share; the first is the same for all chunks of a table that
// was made for one node, whose id is the second half of the table's. Every member gets the manifest and the dictionaries. Commit makes all of them
// keep what they have (prepared: synced, renamed, without an entry), and only then announces the entry, which every live
// member makes durable before it acknowledges. So a table is everywhere or nowhere: a node that is lost before the
// announcement makes the load fail, and the others remove what they have, at once when the stream breaks and otherwise
// when nobody has come for it. A failed announcement is followed by one that the table is dropped.
//
// A table can be loaded by several nodes. [Writer.Share] opens the streams to all members, so that each expects the table,
// and what it returns lets other members write chunks with [Node.Part]: these go to the same homes over streams of their own
// (part), and are kept there with what came from elsewhere. The parts number their chunks apart. [Part.Finish] tells what the
// manifest must say of them, and [Writer.Add] takes that over; Commit is as ever. A part that does not finish well at a
// home, or has not when the commit comes, makes that home refuse; when the stream of the node that loads breaks, all that
// has come for the table is removed, from whomever. A part's stream may come before that of the node that loads: it waits.
// Chunks that cannot be written yet are kept in a [Scratch].
//
// What entries say grows by merging only; package gossip tells the rules. A table that other nodes know keeps its
// entry when it is dropped, so that who was away cannot bring it back.
//
// What a node does not have it gets from one that does: manifests and dictionaries when a table is first used, arrays one by
// one, kept in a bounded cache. [Table.Holders] tells who has which chunk, for work that goes to the data. Which nodes
// have a chunk is asked of them, not computed: the placement says where chunks are to be, not where they are while nodes
// come and go.
//
// Values under keys of their own ([Store]) are written at their home, which makes the copies, and are read there, or from a
// copy when the home cannot be reached. GetAndWait waits at the home. A home that is no member any more ends it. Copies that
// are lost are made anew by the home, or once it is gone by one of those that have a copy (see repairer.values).
// List asks all members for the keys of what they have.
//
// # Repair
//
// When nodes have come or gone and then been the same for a while, and a while after a table was made, each node copies the
// chunks that it is a home of and lacks, and removes those that are surplus: that it has, and is not a home of (see
// repairer). It does so for itself and by what it sees of the members, which may differ from node to node, for long when the
// network is parted. A chunk here goes in these steps:
//
//  1. The node withdraws the chunk: from now on it tells nobody that it keeps it. Queries still read it.
//  2. It asks all homes of the chunk, Replicas others, whether they keep it. A node says so when it has the chunk on stable storage, is a
//     home of it by its own view of the members, and has not withdrawn it.
//  3. When all have said so the chunk goes; otherwise the node takes the withdrawal back, and asks again later.
//
// Whatever the nodes see of each other, and however long answers take, as many nodes as there are to be replicas keep the chunk: Of all the
// removals of a chunk that come to pass, look at the one whose withdrawal was the last. Each of the homes that confirmed it did
// so after that withdrawal, and had not withdrawn the chunk then. To remove the chunk later a home would have had to
// withdraw it later still, and there was no later one. So they all have it. Should some of them be lost for good, it
// is on the others; so nothing is lost while fewer than Replicas are, and from those others it is copied anew. A node that is a home never
// removes, and where there are no more members than Replicas all of them are homes of everything.
//
// A crash ends a withdrawal. It was in memory only, and the chunk is there whole or gone whole: a pack of which something stays is
// written anew under a temporary name, synced, and renamed over the old one. Who holds the table keeps the old packs mapped; the room is given back
// when the last holder has released it. A query that comes with a plan of before is told that the chunk has gone, and asks anew who has it.
//
// # What is promised
//
// When Commit, Drop, Rename, Put or Delete have returned nil, the change outlives a crash of the machine. When they
// have not returned, or with an error, it has happened or it has not: a table is absent or whole, whatever is killed or
// fails, and other tables are as they were. This follows from the order of writing:
//
//   - every file is written under a temporary name, synced, and renamed, and the directory is synced;
//   - a table's entry is written after its packs, which nothing refers to before; it goes first when the table is dropped;
//   - Open syncs the directory before it removes what no entry refers to, because what it sees may not be durable yet.
//
// A load that fails removes what it wrote; what it cannot remove, the next Open does. When an error leaves open whether
// a change has happened on disk, the directory takes no more changes until it is opened again.
//
// Damage is found when it is read and reported as [ErrCorrupt], in an [Error] that names table, chunk, column and file;
// the other tables stay readable. Only an entry that cannot be read keeps Open from opening: a table must not
// disappear silently. A directory that has other files and no eau2.node ([ErrForeign]) or is of a newer version
// ([ErrVersion]) is left alone, and so are files in ours whose names are not of those kinds.
package cluster
