package zoomtest

// The direct handles for chat groups, of which an account has one generation:
// IM groups with Options.IMGroups, contact groups without.

// JoinIM puts active people into an IM group. Unknown addresses and groups are
// left out.
func (a *Account) JoinIM(groupID string, emails ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.imGroups.byID[groupID]
	for _, email := range emails {
		p := a.byEmail[emailKey(email)]
		if p == nil || g == nil || p.Status != Active {
			continue
		}
		next := p.clone()
		next.IMGroupIDs = appendNew(next.IMGroupIDs, g.ID)
		a.update(p, next)
	}
}

// AddContactGroup makes a contact group, or finds the one of that name, and
// puts active people into it. Unknown addresses are left out.
func (a *Account) AddContactGroup(name string, emails ...string) Group {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.contacts.named(name)
	if g == nil {
		g = a.contacts.add(a, name)
		g.privacy = 1
	}
	refs := make([]contactRef, 0, len(emails))
	for _, email := range emails {
		refs = append(refs, contactRef{Type: entryUser, ID: email})
	}
	a.enter(g, refs)
	return g.public()
}

// ContactGroups returns the contact groups in order of arrival.
func (a *Account) ContactGroups() []Group {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.contacts.public()
}

// ChatMembers returns the addresses of the people in an IM or contact group in
// order of arrival.
func (a *Account) ChatMembers(groupID string) []string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	out := []string{}
	if g := a.imGroups.byID[groupID]; g != nil {
		for _, p := range g.members {
			out = append(out, p.Email)
		}
	}
	if g := a.contacts.byID[groupID]; g != nil {
		for _, e := range g.entries {
			if p := a.byID[e.ID]; p != nil {
				out = append(out, p.Email)
			}
		}
	}
	return out
}

// chats is every chat group the account shows.
func (a *Account) chats() *groupSet {
	if a.opts.IMGroups {
		return a.imGroups
	}
	return a.contacts
}

// chatNames are the chat groups a person is in.
func (a *Account) chatNames(p *person) []string {
	var names []string
	if a.opts.IMGroups {
		for _, id := range p.IMGroupIDs {
			if g := a.imGroups.byID[id]; g != nil {
				names = append(names, g.name)
			}
		}
		return names
	}
	for _, g := range a.contacts.order {
		for _, e := range g.entries {
			if e.ID == p.ID {
				names = append(names, g.name)
			}
		}
	}
	return names
}
