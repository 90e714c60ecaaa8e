// Package vfstest simulates a disk for tests of crash safety: a [Disk] is a file system in memory that records its
// operations, fails where a test says so, and knows what a crash would forget.
//
//	disk := vfstest.NewDisk()
//	disk.Fail(func(op vfstest.Op) error { … }) // an error for this operation, nil to let it pass
//	…
//	after := disk.Crash(vfstest.Forget, nil) // what the next start finds
package vfstest
