//! Staffing.
