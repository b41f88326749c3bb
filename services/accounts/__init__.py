"""Who is at the keyboard: sign-in, accounts, lockout, what they may reach."""
