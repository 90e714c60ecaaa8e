// Package simulate is a network in memory, for tests of what runs on many nodes: hosts with addresses, packets and
// streams between them that take time, get lost, and are cut off. It is made for testing/synctest, where hours pass in
// seconds: nothing in it waits but on channels and timers.
//
//	synctest.Test(t, func(t *testing.T) {
//		n := simulate.New(1, simulate.Options{Latency: time.Millisecond})
//		a, b := n.Host("10.0.0.1"), n.Host("10.0.0.2")
//		transport, err := a.Transport(7946) // for memberlist
//		g, err := gossip.Start(ctx, gossip.Options{ID: "a", Transport: transport, Resolve: n.Resolve})
//		l, err := b.Listen(7947)        // a net.Listener, for a data plane
//		c, err := a.DialContext(ctx, "tcp", "10.0.0.2:7947")
//		n.Partition([]string{"10.0.0.1"}, []string{"10.0.0.2"})
//		n.Heal()
//		b.Kill()                        // as kill -9 does
//	})
//
// What is sent over a link that is cut: packets are lost, what is in streams arrives when the link is there again, and
// dialling goes on until its time is over. A link can be cut in one direction only. A host that is killed is silent for
// the others: its streams are reset and its ports closed, and to connect to them is refused; one that is down answers nothing.
//
// The seed decides what is lost and how long it takes. In which order goroutines run at the same instant it does not, nor
// what memberlist chooses at random: a run cannot be repeated exactly.
package simulate
