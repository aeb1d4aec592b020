package zoomtest

import (
	"net/http"
	"time"
)

// sandboxAdditions tells how often addresses were invited and created.
func (a *Account) sandboxAdditions(w http.ResponseWriter, r *http.Request) {
	all := a.AllAdditions()
	if email := r.URL.Query().Get("email"); email != "" {
		all = map[string]Additions{emailKey(email): a.Additions(email)}
	}
	sandboxJSON(w, http.StatusOK, map[string]any{"additions": all})
}

// sandboxAdd adds a person by hand.
func (a *Account) sandboxAdd(w http.ResponseWriter, r *http.Request) {
	var u User
	if !sandboxRead(w, r, &u) {
		return
	}
	added, err := a.addUser(u)
	if err != nil {
		sandboxFail(w, err)
		return
	}
	sandboxJSON(w, http.StatusCreated, added)
}

// limitBody is the JSON form of Limit.
type limitBody struct {
	PerSecond int `json:"per_second"`
	PerDay    int `json:"per_day"`
}

// sandboxLimits changes limits; what is left out stays.
func (a *Account) sandboxLimits(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Light           limitBody `json:"light"`
		Medium          limitBody `json:"medium"`
		Heavy           limitBody `json:"heavy"`
		CreatePerDay    int       `json:"create_per_day"`
		GroupsPerDay    int       `json:"groups_per_day"`
		FeatureInterval string    `json:"feature_interval"`
	}
	if !sandboxRead(w, r, &body) {
		return
	}
	l := Limits{
		Light: Limit(body.Light), Medium: Limit(body.Medium), Heavy: Limit(body.Heavy),
		CreatePerDay: body.CreatePerDay, GroupsPerDay: body.GroupsPerDay,
	}
	if body.FeatureInterval != "" {
		var err error
		if l.FeatureInterval, err = time.ParseDuration(body.FeatureInterval); err != nil {
			sandboxError(w, http.StatusBadRequest, "feature_interval: "+err.Error())
			return
		}
	}
	a.SetLimits(l)
	w.WriteHeader(http.StatusNoContent)
}

// sandboxSpend counts calls of another integration.
func (a *Account) sandboxSpend(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Class Class `json:"class"`
		Calls int   `json:"calls"`
	}
	if !sandboxRead(w, r, &body) {
		return
	}
	if body.Class != Light && body.Class != Medium && body.Class != Heavy {
		sandboxError(w, http.StatusBadRequest, "class is not one of Light, Medium, Heavy")
		return
	}
	a.Spend(body.Class, body.Calls)
	w.WriteHeader(http.StatusNoContent)
}
