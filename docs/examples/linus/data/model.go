package data

import "math"

// What the model of commits takes from real ones. Ranks count from 0, the most popular project, the most active user.
const (
	popularHead  = 5   // 2^5 projects are about as popular as each other
	activeHead   = 6   // 2^6 users own about as many projects as each other
	nearHead     = 2   // within a distance of 2^2 people are about as likely to work together
	linuxRank    = 100 // the project that Linus owns
	otherPerson  = 8   // one commit in so many is committed by the project's owner, whoever is its author
	unknownParts = 100 // ids in no file are a hundredth as many as those in it
)

// model is who commits to what. Each project has an owner, drawn so that a few users own very many, and a team of people who live
// near its owner: users have places on a ring, which have nothing to do with how active they are. A commit is to a project drawn by its rank,
// by one of its team, the owner first of all.
type model struct {
	Options
	commits, owners, members stream
	userNames, projectNames  stream

	popular law   // the rank of a commit's project
	active  law   // the rank of a project's owner
	near    law   // the distance of a member from the owner
	teams   []law // the number of a member, by the octave of the project's rank

	places     scatter // of users by rank
	userIDs    scatter // by place
	projectIDs scatter // by rank
	unknown    uint64  // a commit names unknown ids when 63 random bits are below
}

// newModel is the model of checked options.
func newModel(o Options) *model {
	m := &model{Options: o}
	for i, s := range []*stream{&m.commits, &m.owners, &m.members, &m.userNames, &m.projectNames} {
		*s = newStream(o.Seed, uint8(i))
	}
	users, projects := uint64(o.Users), uint64(o.Projects)
	m.popular, m.active, m.near = newLaw(projects, popularHead), newLaw(users, activeHead), newLaw(users/2, nearHead)
	for octave := range m.popular.octaves {
		m.teams = append(m.teams, newLaw(m.team(octave), 0))
	}
	m.places = newScatter(users, 0, 0)
	m.userIDs = newScatter(users, m.owner(m.linux()), Linus)
	m.projectIDs = newScatter(projects, 0, projects/3)
	m.unknown = uint64(o.Unknown * (1 << 63))
	return m
}

// linux is the rank of the project that Linus owns.
func (m *model) linux() uint64 { return min(linuxRank, uint64(m.Projects)-1) }

// commit is row i of commits.sor.
func (m *model) commit(i int) (pid, author, committer int64) {
	r := m.commits.at(uint64(i))
	project := m.popular.draw(&r)
	member := m.teams[m.popular.octave(project)].draw(&r)
	if i == 0 { // however few commits there are, Linus is an author
		project, member = m.linux(), 0
	}
	owner := m.owner(project)
	p, a := m.projectIDs.of(project), m.userIDs.of(m.member(project, owner, member))
	c := a
	if member != 0 && r.below(otherPerson) == 0 {
		c = m.userIDs.of(owner)
	}
	if i > 0 && r.next()>>1 < m.unknown {
		p, a, c = m.lose(r.below(3), p, a, c)
	}
	return m.id(p), m.id(a), m.id(c)
}

// team is how many people work on a project of an octave: about the square root of its commits.
func (m *model) team(octave uint64) uint64 {
	commits := uint64(m.Commits) / m.popular.octaves >> (popularHead + octave)
	return 1 + uint64(math.Sqrt(float64(commits)))
}

// owner is the place of a project's owner.
func (m *model) owner(project uint64) uint64 {
	r := m.owners.at(project)
	return m.places.of(m.active.draw(&r))
}

// member is the place of one of a project's team, of whom number 0 is the owner.
func (m *model) member(project, owner, member uint64) uint64 {
	if member == 0 {
		return owner
	}
	r := m.members.at(project<<32 | member)
	users := uint64(m.Users)
	distance := 1 + m.near.draw(&r)
	if r.below(2) == 0 {
		distance = users - distance
	}
	return (owner + distance) % users
}

// lose replaces the project, the author or both by ids behind those of the files. A committer who is the author stays so.
func (m *model) lose(what, project, author, committer uint64) (p, a, c uint64) {
	p, a, c = project, author, committer
	if what != 0 {
		p = uint64(m.Projects) + project%(uint64(m.Projects)/unknownParts+1)
	}
	if what != 1 {
		a = uint64(m.Users) + author%(uint64(m.Users)/unknownParts+1)
		if committer == author {
			c = a
		}
	}
	return p, a, c
}

// id is what stands in the files for the user or the project with this number. An odd factor takes different numbers to different
// ids, and only numbers far beyond those of any file to Linus's.
func (m *model) id(number uint64) int64 {
	if !m.Sparse || number == Linus {
		return int64(number)
	}
	return int64(number * 0xd1342543de82ef95)
}
