"""The lab's package: a two-layer neural network and a way to check its gradients."""
