package data

import (
	"fmt"
	"runtime"
)

// Linus is the id of the user from whom the degrees are counted. He is a user of every set, and has authored commits.
const Linus = 4967

// FullSize is how many rows the files of the full data set have.
var FullSize = Options{Commits: 117_936_711, Projects: 125_486_231, Users: 32_411_734, Seed: 1}

// maxRows bounds each file, so that products of ids stay within 64 bits.
const maxRows = 1 << 30

// Options say which rows to make.
type Options struct {
	Commits  int // rows of commits.sor, at least 1
	Projects int // rows of projects.sor, at least 1
	Users    int // rows of users.sor, more than Linus

	Seed uint64 // other seeds give other sets

	// Sparse spreads the ids over all 64 bits, negative ones included, in no order. Otherwise an id is the number of its
	// row, from 0. Linus stays Linus.
	Sparse bool

	// Unknown is the share of commits, from 0 to 1, that name a project or users, or both, whose ids are in neither file.
	// The other commits are the same with any share.
	Unknown float64

	// Workers is the number of goroutines that make rows, as many as Go uses processors when 0. The rows do not depend on it.
	Workers int
}

// check tells what is wrong with the options.
func (o Options) check() error {
	for _, n := range []struct {
		name       string
		rows, from int
	}{{"commits", o.Commits, 1}, {"projects", o.Projects, 1}, {"users", o.Users, Linus + 1}} {
		if n.rows < n.from || n.rows > maxRows {
			return fmt.Errorf("make %d %s: the number must be from %d to %d", n.rows, n.name, n.from, maxRows)
		}
	}
	if !(o.Unknown >= 0 && o.Unknown <= 1) {
		return fmt.Errorf("make commits with a share of %v unknown: the share must be from 0 to 1", o.Unknown)
	}
	return nil
}

// workers is the number of goroutines to start.
func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}
