//! The mapper, told short stories.
