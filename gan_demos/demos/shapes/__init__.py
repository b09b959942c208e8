"""3D shapes: voxels and points from a latent vector."""
