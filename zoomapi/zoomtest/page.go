package zoomtest

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

//go:embed page.html
var pageHTML string

// pageRows is how many people the page shows at once.
const pageRows = 100

func pageTemplate() *template.Template {
	return template.Must(template.New("page").Parse(pageHTML))
}

type pageData struct {
	AccountID string
	Plan      string
	Search    string
	Status    string
	Total     int
	Matching  int
	Pending   int
	Page      int
	Previous  int
	Next      int
	People    []pagePerson
	Seats     []pageSeat
	Groups    []Group
	Calls     []Call
	Refused   int
	AllCalls  int
}

type pagePerson struct {
	User

	TypeName string
	Groups   string
	Waiting  bool
}

type pageSeat struct {
	Name    string
	Used    int
	Pending int
	Seats   int
	Percent int
}

// servePage is the account for a person with a browser.
func (a *Account) servePage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	a.lapseDue(a.now())
	data := a.pageData(r)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	_ = a.page.Execute(w, data) // the browser may be gone; nothing to do about it
}

func (a *Account) pageData(r *http.Request) pageData {
	data := pageData{
		AccountID: a.opts.AccountID, Plan: a.opts.Plan,
		Search: r.URL.Query().Get("q"), Status: r.URL.Query().Get("status"),
	}
	a.pagePeople(&data, r.URL.Query().Get("page"))
	usage := a.Usage()
	data.addSeat("Licensed", usage.Licensed)
	data.addSeats("Webinar ", usage.Webinar)
	data.addSeats("Large meeting ", usage.LargeMeeting)
	data.addSeats("Zoom One ", usage.ZoomOne)
	data.addSeats("United ", usage.United)
	data.addSeat("Phone", usage.Phone)
	data.Groups = a.Groups()
	a.callMu.Lock()
	data.Calls = a.calls.newest(50)
	data.Refused, data.AllCalls = a.calls.counts.Refused, a.calls.counts.Total
	a.callMu.Unlock()
	slices.Reverse(data.Calls)
	return data
}

func (a *Account) pagePeople(data *pageData, page string) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	search := strings.ToLower(strings.TrimSpace(data.Search))
	matching := []*person{}
	for _, p := range a.everybody() {
		if (search == "" || p.matches(search)) && (data.Status == "" || data.Status == p.Status) {
			matching = append(matching, p)
		}
	}
	data.Total, data.Matching, data.Pending = len(a.byID), len(matching), len(a.lists[Pending])
	n, err := strconv.Atoi(page)
	pages := max(pageCount(len(matching), pageRows), 1)
	if err != nil || n < 1 {
		n = 1
	}
	n = min(n, pages)
	data.Page = n
	if n > 1 {
		data.Previous = n - 1
	}
	if n < pages {
		data.Next = n + 1
	}
	start := (n - 1) * pageRows
	for _, p := range matching[start:min(start+pageRows, len(matching))] {
		row := pagePerson{User: p.User, TypeName: typeName(p.User), Waiting: p.Status == Pending && !p.Lapsed}
		var names []string
		for _, id := range p.GroupIDs {
			if g := a.groups.byID[id]; g != nil {
				names = append(names, g.name)
			}
		}
		row.Groups = strings.Join(names, ", ")
		data.People = append(data.People, row)
	}
}

func (d *pageData) addSeats(prefix string, pools map[string]Pool) {
	sizes := make([]int, 0, len(pools))
	for size := range pools {
		n, err := strconv.Atoi(size)
		if err == nil {
			sizes = append(sizes, n)
		}
	}
	slices.Sort(sizes)
	for _, n := range sizes {
		d.addSeat(prefix+strconv.Itoa(n), pools[strconv.Itoa(n)])
	}
}

func (d *pageData) addSeat(name string, p Pool) {
	seat := pageSeat{Name: name, Used: p.Used, Pending: p.Pending, Seats: p.Seats}
	if p.Seats > 0 {
		seat.Percent = min((p.Used+p.Pending)*100/p.Seats, 100)
	}
	d.Seats = append(d.Seats, seat)
}

func typeName(u User) string {
	switch u.Type {
	case Basic:
		return "Basic"
	case Licensed:
		return "Licensed"
	case Unassigned:
		return "Unassigned"
	case NoMeetings:
		return "None"
	default:
		return "Type " + strconv.Itoa(u.Type)
	}
}
