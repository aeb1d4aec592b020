package roster

import (
	"slices"
	"strings"
)

// Orders of the portal's files, by which columns without a header are told.
func importOrder() []Field {
	return []Field{Email, FirstName, LastName, Department, Manager, UserGroup, JobTitle, Location}
}

// importOrderBoth is the import order of accounts that show both kinds of
// group.
func importOrderBoth() []Field {
	return []Field{Email, FirstName, LastName, Department, Manager, UserGroup, ChatGroup, JobTitle, Location}
}

func updateOrder() []Field {
	return []Field{Email, FirstName, LastName, PhoneNumber, Department, Manager, UserGroup, Licenses, LargeMeeting, Webinar, JobTitle, Location}
}

// minPositional is how many columns a file without a header needs at least:
// those that the portal always has.
const minPositional = 3

// position assumes the columns of a file without a header whose first line
// looks like a person. It reports false when that cannot be done.
func (r *reader) position(l *layout) bool {
	if !r.opts.Positional || !l.hasData {
		return false
	}
	sc := newScanner(l.text, l.delim, l.loneCR)
	widths := make(map[int]int)
	widest, rows, phones, filledFourth, fourth := 0, 0, 0, 0, 0
	for sc.next() {
		if blankRecord(sc.cells) {
			sc.drop()
			continue
		}
		if rows == 0 && (len(sc.cells) == 0 || emailFault(Clean(Email, sc.cells[0])) != "") {
			return false
		}
		rows++
		w := min(filled(sc.cells), maxColumns)
		widths[w]++
		widest = max(widest, w)
		if len(sc.cells) > 3 {
			fourth++
		}
		if len(sc.cells) > 3 && !blank(sc.cells[3]) {
			filledFourth++
			if looksLikePhone(sc.cells[3]) {
				phones++
			}
		}
		sc.drop()
	}
	order := importOrder()
	switch {
	case phones*2 > filledFourth:
		order = updateOrder()
	case !r.opts.Update:
	case fourth > 0 && filledFourth == 0, wider(widths, len(order))*2 >= rows:
		order = updateOrder()
	}
	if both := importOrderBoth(); len(order) < len(both) && widest == len(both) && widths[widest]*2 >= rows {
		order = both
	}
	// A few rows that are too wide have a delimiter too many; columns beyond
	// the portal's are there when most rows have them.
	if widest > len(order) && wider(widths, len(order))*2 < rows {
		widest = len(order)
	}
	if widest < minPositional {
		return false
	}
	header := make([]string, widest)
	for i := range header {
		if i < len(order) {
			header[i] = HeaderName(order[i], "en")
		} else {
			header[i] = "Column " + itoa(i+1)
		}
	}
	fields := order[:min(widest, len(order))]
	r.opts.Header, r.out.Positional = header, slices.Clone(fields)
	l.skip = 0
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = string(f)
	}
	r.add(Issue{Line: 1, Code: PositionalHeader, Severity: Warning, Params: paramMap("columns", strings.Join(keys, ","))})
	return true
}

// wider counts the rows with more than n cells.
func wider(widths map[int]int, n int) int {
	rows := 0
	for w, k := range widths {
		if w > n {
			rows += k
		}
	}
	return rows
}

// looksLikePhone reports whether a cell holds hardly anything but digits.
func looksLikePhone(cell string) bool {
	_, rest := cutLabel(trimSpace(cell))
	digits := 0
	for _, c := range rest {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case !strings.ContainsRune("'+ .-/();[]", c):
			return false
		}
	}
	return digits >= 6
}
