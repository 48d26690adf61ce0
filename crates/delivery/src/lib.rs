//! What a message undergoes: arrival, submission, import.
