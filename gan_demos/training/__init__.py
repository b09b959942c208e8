"""What every family's training shares: the loop, the losses, the time budget, the model card."""
