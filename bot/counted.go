package bot

import "github.com/zoomusers/zoomusers/bot/text"

// counted is a number with the id of the text that says what it counts.
type counted struct {
	id string
	n  int
}

// clauses say of each number that is not zero what it counts.
func clauses(p *text.Printer, all ...counted) []string {
	var out []string
	for _, c := range all {
		if c.n > 0 {
			out = append(out, p.T(c.id, "count", c.n))
		}
	}
	return out
}
