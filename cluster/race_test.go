//go:build race

package cluster

// flipStride is from one damaged byte to the next. The race detector makes each slow, and finds nothing there.
const flipStride = 7
