//! What is inside a message: MIME structure, ENVELOPE, BODYSTRUCTURE, text and header facts.
