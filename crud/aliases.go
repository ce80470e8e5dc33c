
// Field is FieldOf for the rows of a model.
type Field[T any] = FieldOf[*T]
