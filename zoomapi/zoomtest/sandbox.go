package zoomtest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// faultBody is the JSON form of Fault. Delays are texts such as "250ms".
type faultBody struct {
	Name        string            `json:"name"`
	Method      string            `json:"method"`
	Path        string            `json:"path"`
	PathRegexp  string            `json:"path_regexp"`
	Nth         int               `json:"nth"`
	Times       int               `json:"times"`
	Probability float64           `json:"probability"`
	Effect      Effect            `json:"effect"`
	After       bool              `json:"after"`
	Status      int               `json:"status"`
	Code        int               `json:"code"`
	Message     string            `json:"message"`
	Body        string            `json:"body"`
	Headers     map[string]string `json:"headers"`
	NoHeaders   bool              `json:"no_headers"`
	Delay       string            `json:"delay"`
	Shift       int               `json:"shift"`
}

func (b faultBody) fault() (Fault, error) {
	f := Fault{
		Name: b.Name, Method: b.Method, Path: b.Path, PathRegexp: b.PathRegexp,
		Nth: b.Nth, Times: b.Times, Probability: b.Probability,
		Effect: b.Effect, After: b.After, Status: b.Status, Code: b.Code, Message: b.Message, Body: b.Body,
		Headers: b.Headers, NoHeaders: b.NoHeaders, Shift: b.Shift,
	}
	if b.Delay == "" {
		return f, nil
	}
	d, err := time.ParseDuration(b.Delay)
	f.Delay = d
	return f, err
}

// serveSandbox is the control surface for other processes. It needs no token.
func (a *Account) serveSandbox(w http.ResponseWriter, r *http.Request) {
	// The page has a button, so a browser holds the way in: a page of another
	// site must not press it.
	if err := a.origin.Check(r); err != nil {
		sandboxError(w, http.StatusForbidden, "cross-origin request")
		return
	}
	if r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		a.serveForm(w, r)
		return
	}
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, "/sandbox") {
	case "GET /users":
		a.sandboxUsers(w, r)
	case "GET /groups":
		a.sandboxGroups(w)
	case "GET /usage":
		sandboxJSON(w, http.StatusOK, a.Usage())
	case "GET /calls":
		sandboxJSON(w, http.StatusOK, map[string]any{"calls": a.Calls(), "counts": a.Counts()})
	case "POST /activate":
		a.sandboxActivate(w, r)
	case "POST /lapse":
		a.sandboxOne(w, r, a.Lapse)
	case "POST /remove":
		a.sandboxOne(w, r, a.removeKnown)
	case "POST /age":
		a.sandboxAge(w, r)
	case "POST /seats":
		a.sandboxSeats(w, r)
	case "POST /phones":
		a.sandboxPhones(w, r)
	case "GET /webhooks":
		sandboxJSON(w, http.StatusOK, map[string]any{"deliveries": a.Deliveries()})
	case "POST /webhook":
		a.sandboxWebhook(w, r)
	case "POST /edit":
		a.sandboxEdit(w, r)
	case "GET /additions":
		a.sandboxAdditions(w, r)
	case "GET /busiest":
		sandboxJSON(w, http.StatusOK, map[Class]Busiest{Light: a.Busiest(Light), Medium: a.Busiest(Medium), Heavy: a.Busiest(Heavy)})
	case "POST /add":
		a.sandboxAdd(w, r)
	case "POST /limits":
		a.sandboxLimits(w, r)
	case "POST /spend":
		a.sandboxSpend(w, r)
	case "GET /faults":
		sandboxJSON(w, http.StatusOK, map[string]any{"fired": a.allFired()})
	case "POST /faults":
		a.sandboxFaults(w, r)
	case "DELETE /faults":
		a.Clear()
		w.WriteHeader(http.StatusNoContent)
	default:
		sandboxError(w, http.StatusNotFound, "no such sandbox call")
	}
}

func (a *Account) sandboxUsers(w http.ResponseWriter, r *http.Request) {
	email, status := r.URL.Query().Get("email"), r.URL.Query().Get("status")
	users := []User{}
	for _, u := range a.Users() {
		if (email == "" || emailKey(email) == emailKey(u.Email)) && (status == "" || status == u.Status) {
			users = append(users, u)
		}
	}
	sandboxJSON(w, http.StatusOK, map[string]any{"users": users})
}

type sandboxGroup struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

func (a *Account) sandboxGroups(w http.ResponseWriter) {
	a.mu.RLock()
	body := map[string][]sandboxGroup{
		"groups":         sandboxSet(a.groups),
		"im_groups":      sandboxSet(a.imGroups),
		"contact_groups": sandboxSet(a.contacts),
	}
	a.mu.RUnlock()
	sandboxJSON(w, http.StatusOK, body)
}

// sandboxSet names members by address, contact group entries by name.
func sandboxSet(s *groupSet) []sandboxGroup {
	out := []sandboxGroup{}
	for _, g := range s.order {
		sg := sandboxGroup{ID: g.ID, Name: g.name, Members: []string{}}
		for _, p := range g.members {
			sg.Members = append(sg.Members, p.Email)
		}
		for _, e := range g.entries {
			sg.Members = append(sg.Members, e.Name)
		}
		out = append(out, sg)
	}
	return out
}

type sandboxWho struct {
	Email string `json:"email"`
	All   bool   `json:"all"`
}

// sandboxActivate lets one, some or all accept their invitations.
func (a *Account) sandboxActivate(w http.ResponseWriter, r *http.Request) {
	var who struct {
		sandboxWho

		Emails []string `json:"emails"`
	}
	if !sandboxRead(w, r, &who) {
		return
	}
	if who.All {
		sandboxJSON(w, http.StatusOK, map[string]int{"activated": a.ActivateAll()})
		return
	}
	emails := who.Emails
	if who.Email != "" || len(emails) == 0 {
		emails = append(emails, who.Email)
	}
	for _, email := range emails {
		if err := a.Activate(email); err != nil {
			sandboxFail(w, err)
			return
		}
	}
	sandboxJSON(w, http.StatusOK, map[string]int{"activated": len(emails)})
}

// sandboxAge lets time pass for invitations.
func (a *Account) sandboxAge(w http.ResponseWriter, r *http.Request) {
	var body struct {
		sandboxWho

		Days int `json:"days"`
	}
	if !sandboxRead(w, r, &body) {
		return
	}
	by := time.Duration(body.Days) * 24 * time.Hour
	if body.All {
		a.AgeAll(by)
	} else if err := a.Age(body.Email, by); err != nil {
		sandboxFail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// sandboxSeats buys seats, or sets how many there are.
func (a *Account) sandboxSeats(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Licence string `json:"licence"`
		Size    int64  `json:"size"`
		Add     int    `json:"add"`
		Seats   *int   `json:"seats"`
	}
	if !sandboxRead(w, r, &body) {
		return
	}
	var err error
	if body.Seats != nil {
		err = a.SetSeats(body.Licence, body.Size, *body.Seats)
	} else {
		err = a.AddSeats(body.Licence, body.Size, body.Add)
	}
	if err != nil {
		sandboxFail(w, err)
		return
	}
	sandboxJSON(w, http.StatusOK, a.Usage())
}

func (a *Account) sandboxPhones(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Refuse string `json:"refuse"`
	}
	if !sandboxRead(w, r, &body) {
		return
	}
	a.RefusePhone(body.Refuse)
	w.WriteHeader(http.StatusNoContent)
}

// sandboxWebhook subscribes an address and validates it.
func (a *Account) sandboxWebhook(w http.ResponseWriter, r *http.Request) {
	var body struct {
		URL    string `json:"url"`
		Secret string `json:"secret"`
	}
	if !sandboxRead(w, r, &body) {
		return
	}
	a.SetWebhook(body.URL, body.Secret)
	if body.URL != "" {
		if err := a.ValidateWebhook(r.Context()); err != nil {
			sandboxError(w, http.StatusBadGateway, err.Error())
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *Account) sandboxOne(w http.ResponseWriter, r *http.Request, do func(string) error) {
	var who sandboxWho
	if !sandboxRead(w, r, &who) {
		return
	}
	if err := do(who.Email); err != nil {
		sandboxFail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// sandboxEdit lays the fields in set over a person; those left out stay.
func (a *Account) sandboxEdit(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Email string          `json:"email"`
		Set   json.RawMessage `json:"set"`
	}
	if !sandboxRead(w, r, &body) {
		return
	}
	var wrong error
	err := a.Edit(body.Email, func(u *User) {
		next := u.clone()
		if wrong = json.Unmarshal(body.Set, &next); wrong == nil {
			*u = next
		}
	})
	switch {
	case err != nil:
		sandboxFail(w, err)
	case wrong != nil:
		sandboxError(w, http.StatusBadRequest, "set: "+wrong.Error())
	default:
		u, _ := a.User(body.Email)
		sandboxJSON(w, http.StatusOK, u)
	}
}

func (a *Account) sandboxFaults(w http.ResponseWriter, r *http.Request) {
	var body faultBody
	if !sandboxRead(w, r, &body) {
		return
	}
	f, err := body.fault()
	if err == nil {
		err = a.inject([]Fault{f})
	}
	if err != nil {
		sandboxError(w, http.StatusBadRequest, err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func sandboxRead(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		sandboxError(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

func sandboxFail(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrNoUser):
		sandboxError(w, http.StatusNotFound, err.Error())
	case errors.Is(err, ErrNoPool):
		sandboxError(w, http.StatusBadRequest, err.Error())
	default:
		sandboxError(w, http.StatusConflict, err.Error())
	}
}

func sandboxError(w http.ResponseWriter, status int, message string) {
	sandboxJSON(w, status, map[string]string{"error": message})
}

func sandboxJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone; nothing to do about it
}
