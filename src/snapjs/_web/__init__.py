"""What the host does for web APIs: nothing here knows of VMs."""
