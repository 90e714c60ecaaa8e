package data

// Names are made of syllables: a consonant and a vowel.
const (
	consonants = "bdfghjklmnprstvz"
	vowels     = "aeio"
)

// appendUserName appends the name of user i: two words.
func (m *model) appendUserName(b []byte, i int) []byte {
	if i == Linus {
		return append(b, "Linus Torvalds"...)
	}
	r := m.userNames.at(uint64(i))
	bits := r.next()
	b = appendWord(b, bits, 2+bits>>63)
	b = append(b, ' ')
	return appendWord(b, bits>>18, 3+bits>>62&1)
}

// appendProjectName appends the name of project i: a word, a slash and a word, as on sites that host projects.
func (m *model) appendProjectName(b []byte, i int) []byte {
	if uint64(i) == m.projectIDs.of(m.linux()) {
		return append(b, "torvalds/linux"...)
	}
	r := m.projectNames.at(uint64(i))
	bits := r.next()
	b = appendWord(b, bits, 2+bits>>63)
	b = append(b, '/')
	return appendWord(b, bits>>18, 3+bits>>61&3)
}

// appendWord appends a word of n syllables, each by six bits.
func appendWord(b []byte, bits, n uint64) []byte {
	for range n {
		b = append(b, consonants[bits&15], vowels[bits>>4&3])
		bits >>= 6
	}
	return b
}
