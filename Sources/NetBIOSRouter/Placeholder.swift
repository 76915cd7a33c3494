import NetBIOS
