"""Pure rules of the business: standard library only; time, money and policy are arguments."""
