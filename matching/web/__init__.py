"""The review application: pages over the review store, stand-alone (`matching review serve`) and inside Airflow.

Reads the review store and the last published run. Writes what people decide, through matching.review only.
Grain: one page per case.
"""
