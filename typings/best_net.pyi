from grader.lab.guest.best_net import *
