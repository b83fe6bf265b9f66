"""What comes back from coding: projects and codebooks of the programs that researchers code in."""
