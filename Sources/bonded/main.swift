print("bonded")
