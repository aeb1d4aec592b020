package zoomtest

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
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
	Groups    []pageGroup
	Calls     []Call
	Refused   int
	AllCalls  int
	Refuses   []string // phone numbers
	Person    *personPage

	Deliveries []Delivery
}

type pageGroup struct {
	Group

	Kind string
}

type pagePerson struct {
	User

	TypeName string
	FullName string
	Groups   string
	Chats    string
	Profile  []pageText
	Waiting  bool
	Days     int // since the invitation
}

// pageText is a named text.
type pageText struct{ Label, Name, Value string }

type pageSeat struct {
	Name    string
	Licence string // as SetSeats calls it
	Size    int64
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
	if who := r.URL.Query().Get("person"); who != "" {
		if data.Person = a.personPage(who); data.Person != nil {
			a.mu.RLock()
			defer a.mu.RUnlock()
			data.Total, data.Pending = len(a.byID), len(a.lists[Pending])
			return data
		}
	}
	a.pagePeople(&data, r.URL.Query().Get("page"))
	usage := a.Usage()
	data.addSeat("Licensed", poolLicensed, 0, usage.Licensed)
	data.addSeat("Basic", poolBasic, 0, usage.Basic)
	data.addSeats("Webinar ", poolWebinar, usage.Webinar)
	data.addSeats("Large meeting ", poolLarge, usage.LargeMeeting)
	data.addSeats("Zoom One ", poolZoomOne, usage.ZoomOne)
	data.addSeats("United ", poolUnited, usage.United)
	data.addSeat("Phone", poolPhone, 0, usage.Phone)
	a.pageGroups(&data)
	a.callMu.Lock()
	data.Calls = a.calls.newest(50)
	data.Refused, data.AllCalls = a.calls.counts.Refused, a.calls.counts.Total
	a.callMu.Unlock()
	slices.Reverse(data.Calls)
	data.Deliveries = a.Deliveries()
	data.Deliveries = data.Deliveries[max(len(data.Deliveries)-50, 0):]
	slices.Reverse(data.Deliveries)
	return data
}

// pageGroups lists groups of every kind, and what else the account has a list
// of.
func (a *Account) pageGroups(data *pageData) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, g := range a.groups.public() {
		data.Groups = append(data.Groups, pageGroup{g, "user group"})
	}
	for _, g := range a.chats().public() {
		data.Groups = append(data.Groups, pageGroup{g, "chat group"})
	}
	for _, d := range a.divisions {
		data.Groups = append(data.Groups, pageGroup{Group{ID: d.ID, Name: d.Name, TotalMembers: len(a.divisionMembers(d.ID))}, "division"})
	}
	data.Refuses = slices.Clone(a.opts.RefusedPhones)
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
		data.People = append(data.People, a.pagePerson(p))
	}
}

// pagePerson is a row of the page.
func (a *Account) pagePerson(p *person) pagePerson {
	row := pagePerson{
		User: p.clone(), TypeName: typeName(p.User), FullName: p.fullName(), Waiting: p.Status == Pending && !p.Lapsed,
		Chats: strings.Join(a.chatNames(p), ", "),
	}
	if p.Status == Pending {
		row.Days = int(a.now().Sub(p.InvitedAt) / (24 * time.Hour))
	}
	var names, divisions []string
	for _, id := range p.GroupIDs {
		if g := a.groups.byID[id]; g != nil {
			names = append(names, g.name)
		}
	}
	if g := a.groups.byID[p.PendingGroupID]; g != nil {
		names = append(names, g.name+" (once active)")
	}
	row.Groups = strings.Join(names, ", ")
	for _, id := range p.DivisionIDs {
		if d := a.division(id); d != nil {
			divisions = append(divisions, d.Name)
		}
	}
	for _, t := range []pageText{
		{Label: "location", Value: p.Location},
		{Label: "company", Value: p.Company},
		{Label: "manager", Value: p.Manager},
		{Label: "cost centre", Value: p.CostCenter},
		{Label: "division", Value: strings.Join(divisions, ", ")},
		{Label: "phone", Value: strings.ReplaceAll(writePhones(p.PhoneNumbers), "\n", "; ")},
		{Label: "language", Value: p.Language},
		{Label: "time zone", Value: p.Timezone},
		{Label: "pronouns", Value: p.Pronouns},
	} {
		if t.Value != "" {
			row.Profile = append(row.Profile, t)
		}
	}
	for _, attr := range p.CustomAttributes {
		row.Profile = append(row.Profile, pageText{Label: strings.ToLower(attr.Name), Value: attr.Value})
	}
	return row
}

func (d *pageData) addSeats(prefix string, kind poolKind, pools map[string]Pool) {
	sizes := make([]int, 0, len(pools))
	for size := range pools {
		n, err := strconv.Atoi(size)
		if err == nil {
			sizes = append(sizes, n)
		}
	}
	slices.Sort(sizes)
	for _, n := range sizes {
		d.addSeat(prefix+strconv.Itoa(n), kind, int64(n), pools[strconv.Itoa(n)])
	}
}

func (d *pageData) addSeat(name string, kind poolKind, size int64, p Pool) {
	seat := pageSeat{Name: name, Licence: string(kind), Size: size, Used: p.Used, Pending: p.Pending, Seats: p.Seats}
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
