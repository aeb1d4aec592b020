package zoomtest

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// serveForm answers the buttons of the page, which send forms, and returns to
// the page.
func (a *Account) serveForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		sandboxError(w, http.StatusBadRequest, err.Error())
		return
	}
	email := r.PostForm.Get("email")
	var err error
	switch strings.TrimPrefix(r.URL.Path, "/sandbox") {
	case "/activate":
		if r.PostForm.Get("all") == "true" {
			a.ActivateAll()
		} else {
			err = a.Activate(email)
		}
	case "/lapse":
		err = a.Lapse(email)
	case "/age":
		days, _ := strconv.Atoi(r.PostForm.Get("days")) // No number is no day.
		if by := time.Duration(days) * 24 * time.Hour; r.PostForm.Get("all") == "true" {
			a.AgeAll(by)
		} else {
			err = a.Age(email, by)
		}
	case "/remove":
		err = a.removeKnown(email)
	case "/edit":
		if err = a.editForm(email, r.PostForm); err == nil {
			email = or(r.PostForm.Get("address"), email)
		}
	case "/seats":
		size, _ := strconv.ParseInt(r.PostForm.Get("size"), 10, 64) // Without a size it is 0.
		add, _ := strconv.Atoi(r.PostForm.Get("add"))
		err = a.AddSeats(r.PostForm.Get("licence"), size, add)
	case "/phones":
		a.RefusePhone(r.PostForm.Get("refuse"))
	case "/add", "/limits", "/spend", "/webhook", "/faults":
		// What curl sends without a Content-Type of its own looks like a form.
		sandboxError(w, http.StatusUnsupportedMediaType, "no form is taken here: send JSON with Content-Type application/json")
		return
	default:
		sandboxError(w, http.StatusNotFound, "no such sandbox call")
		return
	}
	if err != nil {
		sandboxFail(w, err)
		return
	}
	back := "/"
	if _, known := a.User(email); known && r.PostForm.Get("back") == "person" {
		back += "?" + url.Values{"person": {email}}.Encode()
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

func (a *Account) removeKnown(email string) error {
	if _, known := a.User(email); !known {
		return ErrNoUser
	}
	a.Remove(email)
	return nil
}

// editForm writes the fields of the form of a person's page; those that the
// form lacks stay.
func (a *Account) editForm(email string, form url.Values) error {
	chats := form["chat"]
	err := a.Edit(email, func(u *User) {
		for name, field := range map[string]*string{
			"address": &u.Email, "first_name": &u.FirstName, "last_name": &u.LastName, "display_name": &u.DisplayName,
			"dept": &u.Dept, "job_title": &u.JobTitle, "location": &u.Location, "company": &u.Company, "manager": &u.Manager,
			"cost_center": &u.CostCenter, "language": &u.Language, "timezone": &u.Timezone, "pronouns": &u.Pronouns,
			"role_id": &u.RoleID,
		} {
			if form.Has(name) {
				*field = strings.TrimSpace(form.Get(name))
			}
		}
		number := func(name string, then func(int)) {
			if n, err := strconv.Atoi(form.Get(name)); err == nil {
				then(n)
			}
		}
		if status := form.Get("status"); (status == Active || status == Inactive) && u.Status != Pending && status != u.Status {
			u.Status = status
			if status == Inactive {
				*u = u.withoutLicences()
			}
		}
		number("type", func(n int) {
			if n != u.Type {
				*u = u.withType(n)
			}
		})
		number("webinar", func(n int) { u.Feature.Webinar, u.Feature.WebinarCapacity = n > 0, n })
		number("large_meeting", func(n int) { u.Feature.LargeMeeting, u.Feature.LargeMeetingCapacity = n > 0, n })
		if form.Has("phones") {
			u.PhoneNumbers = readPhones(form.Get("phones"))
		}
		if form.Has("groups") {
			u.GroupIDs = given(form["group"])
		}
		if form.Has("chats") && a.opts.IMGroups {
			u.IMGroupIDs = given(chats)
		}
		if form.Has("division") {
			u.DivisionIDs = given(form["division"])
		}
		for _, key := range slices.Sorted(maps.Keys(a.opts.CustomAttributes)) {
			if name := "custom:" + key; form.Has(name) {
				change := []CustomAttribute{{Key: key, Value: strings.TrimSpace(form.Get(name))}}
				u.CustomAttributes = mergeAttributes(u.CustomAttributes, change, a.opts.CustomAttributes)
			}
		}
	})
	if err == nil && form.Has("chats") && !a.opts.IMGroups {
		a.rechat(or(form.Get("address"), email), chats)
	}
	return err
}

// rechat makes the contact groups a person is in these.
func (a *Account) rechat(email string, ids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.byEmail[emailKey(email)]
	if p == nil {
		return
	}
	for _, g := range a.contacts.order {
		if slices.Contains(ids, g.ID) {
			a.enter(g, []contactRef{{Type: entryUser, ID: p.ID}})
			continue
		}
		g.entries = slices.DeleteFunc(slices.Clone(g.entries), func(e contactEntry) bool { return e.ID == p.ID })
	}
}

// given are the values that are not empty.
func given(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
}

var phoneLine = regexp.MustCompile(`^(?:(Mobile|Office|Home|Fax)\s+)?(?:([A-Z]{2})\s+)?(\+\d{1,4})?\s*([\d ()-]+)$`)

// readPhones reads lines such as "Mobile FR +33 612345678".
func readPhones(text string) []PhoneNumber {
	var out []PhoneNumber
	for line := range strings.Lines(text) {
		if m := phoneLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			out = append(out, PhoneNumber{Label: m[1], Country: m[2], Code: m[3], Number: strings.TrimSpace(m[4])})
		}
	}
	return out
}

// writePhones is what readPhones reads.
func writePhones(phones []PhoneNumber) string {
	lines := make([]string, 0, len(phones))
	for _, p := range phones {
		lines = append(lines, strings.Join(given([]string{p.Label, p.Country, p.Code, p.Number}), " "))
	}
	return strings.Join(lines, "\n")
}
