"""A cohort at once: everyone still to be booked, planned as a whole, and a plan repaired when somebody falls away."""
