package plan

// Difference is what sets two plans for the same rows apart.
type Difference struct {
	// Rows are the rows whose effect differs, in the order of the file.
	Rows []RowDifference
	// Before and After are rows by verdict.
	Before, After Counts
}

// RowDifference is one row in both plans. The zero Change stands for a row that the plan does not have.
type RowDifference struct {
	Line          int
	Before, After Change
}

// Compare tells two plans for the same file apart by what they do, not by their text: two plans without a difference have
// the same digest.
func Compare(before, after *Plan) Difference {
	return Difference{Before: before.Counts, After: after.Counts}
}
