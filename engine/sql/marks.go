package sql

// Params lists the parameters of a statement in their order: "" for a ?, the name for a :name, once each.
func Params(statement string) ([]string, error) {
	s, err := scan(statement, Limits{})
	if err != nil {
		return nil, err
	}
	var names []string
	seen := map[string]bool{}
	for i := range s.toks {
		if s.kind(i) != param {
			continue
		}
		name := ""
		if s.raw(i) != "?" {
			name = s.raw(i)[1:]
			if seen[name] {
				continue
			}
			seen[name] = true
		}
		names = append(names, name)
	}
	return names, nil
}
