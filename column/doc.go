// Package column holds the four types of eau2, and typed, read-only columns in memory and as bytes.
//
// A table is an ordered list of chunks, and a chunk is an [Array] for every column: values of one [Type] in the
// narrowest [Layout] that holds them, laid out as Arrow lays them out, with [Stats]. Strings that repeat are codes
// into a [Dict] that the chunks of a table share.
//
// # Making columns
//
// A [Builder] collects the values of one column, a row at a time (Append and its like) or a vector at a time
// (ExtendInts and its like, which hand out the slots to be filled), and Finish makes an Array of them: it chooses the
// layout and computes the statistics. FromInts and its like do it in one call.
//
//   - One goroutine uses a Builder. A load has a Builder for every column and worker.
//   - The Builders of one column share a [DictBuilder], by any number of goroutines. A string's code is final from
//     the moment it is given. Look-ups take no lock; only new strings do, a batch at a time.
//   - A dictionary is given up when it grows too large or when most rows bring new strings, and a chunk has plain
//     strings when it holds a very long one or hardly any that repeat: a column may have chunks of both kinds.
//     DictBuilder.Dict is nil when no chunk has codes.
//   - Where parts of a table are made apart, each with dictionaries of its own, a [DictMerger] makes one of those of a
//     column, and [Array.Recode] gives the chunks its codes.
//   - The dictionary is only complete when the load is. Then DictBuilder.Dict gives it, and the caller sets Dict of
//     every Array with codes.
//
// # Using columns
//
// Arrays and dictionaries never change once they are made, and may be used by any number of goroutines. The slot of a
// NULL row is zero. The minimum and maximum of Stats are exact, or NULL where they are not known.
//
// # Bytes
//
// [Array.AppendBytes] and [Dict.AppendBytes] write frames: a header with a checksum, and then an Arrow IPC stream of
// one record batch, which any Arrow tool reads when the header's [FrameHeader] bytes are cut off. [ReadArray] and
// [ReadDict] read them in place, from a mapped file say, whose memory must then outlive the Array. They
// return [ErrCorrupt] for bytes that are not what was written, and [ErrVersion] for those of a later format. Other
// values are framed with [AppendFrame] and [ReadFrame].
package column
